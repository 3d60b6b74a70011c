export const livePath = '/v1/health/live';
export const readyPath = '/v1/health/ready';
