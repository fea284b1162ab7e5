import { defineCommand } from 'citty';
export const evaluateCommand = defineCommand({ meta: { name: 'evaluate', description: 'x' }, args: {}, run() {} });
