import { expect, test } from 'vitest';
import { type Task, taskHere } from './task.ts';

test('a worker of another version refuses the run, and says which one it needs', async () => {
  const task = { task: 'translate', version: '9.8.7' } as unknown as Task;
  await expect(taskHere(task, undefined)).rejects.toThrow(
    /submitted with ringformer 9\.8\.7, and this is \d+\.\d+\.\d+: .*npm install ringformer@9\.8\.7/,
  );
});
