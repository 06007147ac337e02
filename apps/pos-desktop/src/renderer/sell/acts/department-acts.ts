/** The departments, and the keys of the one that is shown: asked for with another catalogue, and when the price on one of them becomes another. */
import type { SellCore } from '../sell-core.ts';

export interface DepartmentActs {
  readonly show: (department: string) => void;
  readonly step: (by: 1 | -1) => void;
  /** There is another catalogue. The department that is shown stays, where it still is one. */
  readonly load: () => void;
  readonly close: () => void;
}

/** A moment that is further away is asked for again: the lane's clock may be set meanwhile. */
const ASK_AGAIN_MS = 600_000;
/** A timer that came early finds the moment still ahead. */
const LEAST_MS = 50;

export const createDepartmentActs = ({ state, set, ask, delay }: SellCore): DepartmentActs => {
  let callOff = (): void => undefined;

  const askKeys = (department: string): void => {
    callOff();
    void ask({ type: 'tiles', department }, (reply) => {
      if (!reply.ok || state().department !== department) return;
      const { tiles = [], pricesInMs } = reply.value;
      set({ tiles });
      callOff();
      if (pricesInMs !== undefined) callOff = delay(() => askKeys(department), Math.min(Math.max(pricesInMs, LEAST_MS), ASK_AGAIN_MS));
    });
  };

  const show = (department: string): void => {
    set({ department, panel: state().panel === 'inquiry' ? 'inquiry' : 'items' });
    askKeys(department);
  };

  return {
    show,
    step: (by) => {
      const { departments, department } = state();
      const at = department === undefined ? 0 : departments.indexOf(department);
      const next = departments[(at + by + departments.length) % Math.max(departments.length, 1)];
      if (next !== undefined) show(next);
    },
    load: () =>
      void ask({ type: 'tiles' }, (reply) => {
        if (!reply.ok) return;
        const departments = reply.value.departments ?? [];
        const shown = state().department;
        const department = shown !== undefined && departments.includes(shown) ? shown : departments[0];
        set({ departments, unlistedDepartments: reply.value.unlistedDepartments ?? [], roundUp: reply.value.roundUp });
        if (department === undefined) return;
        set({ department });
        askKeys(department);
      }),
    close: () => callOff(),
  };
};
