package channel

// Limits are the limits of what channels are configured with, as clients are told them.
func Limits() map[string]int {
	return map[string]int{
		"channelMailAddresses": mailAddressesMax, "channelPhones": phonesMax, "channelInboxes": inboxesMax, "channelAddressBytes": addressBytesMax,
		"channelUrlBytes": urlBytesMax, "channelSecretRunes": secretRunesMax, "channelIdBytes": idBytesMax, "channelConfigBytes": configBytesMax,
	}
}
