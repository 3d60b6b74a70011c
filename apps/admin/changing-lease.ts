/** Held by the one operation that changes things. */
export const changing_lease_key = 'admin.changing';
