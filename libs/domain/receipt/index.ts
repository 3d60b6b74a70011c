/** Cursors that readers moved. */
export { buildReceiptDecision } from './build-decision.js';
export * from './events.js';
