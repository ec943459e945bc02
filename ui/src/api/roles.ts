/** The roles of people in an office, from the one that may do least. */
export const PEOPLE_ROLES = ['viewer', 'accountant', 'workflow_admin', 'step_data_revealer', 'org_admin', 'auditor'] as const;

/** All roles: also those of programs and of the appliance. */
export const ROLES = [...PEOPLE_ROLES, 'integration', 'appliance_admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(name: string): name is Role {
	return ROLES.some((role) => role === name);
}
