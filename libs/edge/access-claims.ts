/** What every access token says, whoever makes or checks it (RFC 9068, as far as it fits). */
export const access_expires_s = 900;
export const access_issuer = 'odnix';
export const access_audience = 'odnix';
/** No other JWT of the system has this type. */
export const access_type = 'at+jwt';
export const access_algorithm = 'EdDSA';
