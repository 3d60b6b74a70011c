/** One flood, in a process of its own, so that what it costs to attack is not what the pair waits for. It ends when it is killed. */
import { floods, type FloodName, type Target } from './floods.js';

process.on('message', ({ name, target }: { name: FloodName; target: Target }) => void floods[name](target));
