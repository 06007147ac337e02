/** One that works: which jobs it takes, and how it does one. */
export interface Worker<Job, T> {
  readonly takes: (job: Job) => boolean;
  readonly run: (job: Job) => Promise<T>;
}

/** Does jobs in their order: whoever is free takes the next one that it takes. Each must be taken by one of them. Answers stand in the order of the jobs. */
export async function sideBySide<Job, T>(jobs: readonly Job[], workers: readonly Worker<Job, T>[]): Promise<readonly T[]> {
  const answers: T[] = [];
  const left = [...jobs.entries()];
  const work = async ({ takes, run }: Worker<Job, T>): Promise<void> => {
    for (;;) {
      const at = left.findIndex(([, job]) => takes(job));
      const [next] = at === -1 ? [] : left.splice(at, 1);
      if (next === undefined) return;
      const [index, job] = next;
      answers[index] = await run(job);
    }
  };
  await Promise.all(workers.map(work));
  return answers;
}
