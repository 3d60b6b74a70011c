/** The SDK with Node's network and a file. */
export * from '../index.js';
export { FileStore } from './file-store.js';
export { nodeEnvironment } from './node-environment.js';
