/** The class that a request's parameters are checked against; a type of its own, so that clients' types need no validator. */
export type Dto = new () => object;
