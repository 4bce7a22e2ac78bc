/**
 * The steps of a training in order, epoch after epoch, without end: the same wherever one begins, because `batchesOf` an
 * epoch depends on nothing else.
 */
export function seriesOf<Batch>(batchesOf: (epoch: number) => Batch[], batchesPerStep: number) {
  const epochs: Batch[][][] = [];
  const startOf: number[] = [0];
  const fill = (count: number) => {
    while (epochs.length < count) {
      const batches = batchesOf(epochs.length);
      const steps = Array.from({ length: Math.ceil(batches.length / batchesPerStep) }, (_, at) =>
        batches.slice(at * batchesPerStep, (at + 1) * batchesPerStep),
      );
      startOf.push((startOf.at(-1) ?? 0) + steps.length);
      epochs.push(steps);
    }
  };
  return {
    /** Steps in the first `count` times through the examples. */
    in(count: number): number {
      fill(Math.ceil(count));
      const whole = startOf[Math.floor(count)] ?? 0;
      const next = epochs[Math.floor(count)]?.length ?? 0;
      return Math.max(1, whole + Math.round((count % 1) * next));
    },
    at(step: number): Batch[] {
      while ((startOf.at(-1) ?? 0) <= step) fill(epochs.length + 1);
      const epoch = startOf.findLastIndex((start) => start <= step);
      return epochs[epoch]?.[step - (startOf[epoch] ?? 0)] ?? [];
    },
  };
}
