import { assert } from '#domain/kernel/assert.js';
assert(true, 'x');
console.log('ok', process.version);
