/** `gatepost queue`: outgoing mail that waits. */
export {};
