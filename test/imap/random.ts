/** A small random generator that repeats for a seed. */
export function generator(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e37_79b1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
