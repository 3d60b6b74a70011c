/**
 * How much of the room that is written at each cache this process gives it. What a cache has forgotten is read again, so
 * a smaller one costs time, never an answer.
 */
let scale = 1;

/** For the whole process, before its apps are made. */
export const useCachesScale = (given: number): void => void (scale = given);

/** Of so many entries, or bytes, at most: what this process keeps. Never none. */
export const cacheRoom = (max: number): number => Math.max(1, Math.ceil(max * scale));
