/** Cursors that readers moved. */
export { buildReceiptDecision, type ReceiptParts } from './build-decision.js';
export * from './events.js';
