/** Runs jobs, so many of them at the same time, in their order: whoever is free takes the next one. Answers stand in the order of the jobs. */
export async function sideBySide<T>(jobs: readonly (() => Promise<T>)[], width: number): Promise<readonly T[]> {
  const answers: T[] = [];
  const left = jobs.entries();
  const work = async (): Promise<void> => {
    // One iterator for all workers: each job is taken once.
    for (const [index, job] of left) answers[index] = await job();
  };
  await Promise.all(Array.from({ length: width }, work));
  return answers;
}
