/** Errors of rooms that have no logger of their own; the process says where they go. */
type Teller = (from: string, line: string) => void;

let tell: Teller = (from, line) => console.error(`ERROR [${from}] ${line}`);

export const tellErrorsBy = (teller: Teller): void => void (tell = teller);

export const tellError: Teller = (from, line) => tell(from, line);
