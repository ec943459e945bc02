package access

// Limits are the limits of who may enter and how often, as clients are told them. Failures are counted over a minute.
func Limits() map[string]int {
	return map[string]int{
		"organizations": organizationsMax, "tokensPerOrganization": tokensPerOrganizationMax, "usersPerOrganization": usersPerOrganizationMax,
		"sessionsPerOrganization": sessionsPerOrganizationMax, "sessionIdleMs": int(sessionIdle.Milliseconds()), "sessionLifeMs": int(sessionLife.Milliseconds()),
		"passwordRunesMin": PasswordRunesMin, "passwordBytes": PasswordBytesMax, "passwordHashesAtOnce": HashesAtOnceMax, "passwordHashesWaiting": hashesWaitMax,
		"passwordHashWaitMs": int(hashWait.Milliseconds()), "signInFailuresNotedPerMinute": failuresNotedPerMinute,
		"loginRunes": loginRunesMax, "accountNameRunes": nameRunesMax, "emailBytes": emailBytesMax, "phoneBytes": phoneBytesMax, "clientsPerUser": clientsMax,
		"pingKeysPerOrganization": pingKeysPerOrganizationMax, "feedKeysPerOrganization": feedKeysPerOrganizationMax,
		"kioskLifeMs": int(kioskLife.Milliseconds()), "sharedDashboards": kiosksPerOrganizationMax, "screensPerSharedDashboard": kioskSessionsPerLinkMax,
		"links": linksMax, "linkLifeMs": int(linkLife.Milliseconds()), "tokenBytes": secretBytesMax, "bootstrapTokenBytesMin": bootstrapSecretBytesMin,
		"totpDigits": totpDigits, "totpPeriodMs": int(totpPeriod.Milliseconds()), "totpSkewPeriods": totpSkew, "recoveryCodes": recoveryCodes,
		"signInFailuresOfAccount": failuresOfAccountMax, "signInFailuresOfAddress": failuresOfAddressMax,
	}
}
