/** The SDK with a browser's network and storage. */
export * from '../index.js';
export { browserEnvironment } from './browser-environment.js';
export { IndexedDbStore, type OpenOptions } from './indexed-db-store.js';
