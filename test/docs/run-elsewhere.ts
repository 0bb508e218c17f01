export interface Elsewhere {
  /** What runs or checks it. */
  readonly where: string
  readonly why: string
}

/** The lines of our documents that commands.test.ts does not run. */
export const RUN_ELSEWHERE: Readonly<Record<string, Elsewhere>> = {
  'npm ci && npm run demo': {
    where: 'apps/cli/test/demo.test.ts',
    why: 'installing would take the modules away from under the tests',
  },
  'npm run demo -- --gaps': { where: 'apps/cli/test/demo.test.ts', why: 'the same command, which ends with 3' },
  'npm run demo -- --keep': { where: 'apps/cli/test/demo.test.ts', why: 'the same command, ended by a signal' },
  'npx cae up --config examples/cae.yaml --workers 2': {
    where: 'apps/cli/test/up.test.ts',
    why: 'it takes port 8000 and the data folder of whoever runs the tests',
  },
  'npm ci && npm test': { where: 'scripts/test.mjs', why: 'this run itself' },
  'npm run check': { where: '.ci/run', why: 'it runs this test' },
  'npm run bench': { where: 'bench/src/main.ts', why: 'it takes minutes' },
  'export API_KEYS=$(openssl rand -hex 24)': { where: 'test/deploy/compose.test.ts', why: 'for the lines below it' },
  'docker compose up --build --scale worker=4': {
    where: 'test/deploy/compose.test.ts',
    why: 'it needs a container engine',
  },
  'docker compose exec -e CAE_API_KEY=$API_KEYS api node apps/cli/bin/cae.mjs extract': {
    where: 'test/deploy/compose.test.ts',
    why: 'it needs a container engine',
  },
  'docker compose cp worker:/data/artifacts .': {
    where: 'test/deploy/compose.test.ts',
    why: 'it needs a container engine',
  },
  'npm ci && npm run build': { where: 'bench/src/main.ts', why: 'it would install and build under the tests' },
  'CONFIG_FILE=examples/cae.yaml node apps/api/dist/main.js': {
    where: 'test/support/cluster.ts',
    why: 'tests of what was built start it so, at a free port',
  },
  'CONFIG_FILE=examples/cae.yaml node apps/worker/dist/main.js': {
    where: 'test/support/cluster.ts',
    why: 'tests of what was built start it so, over a Redis of their own',
  },
  'CAE_CONFIG=./examples/simulator.yaml docker compose --profile simulator up --build': {
    where: 'test/deploy/compose.test.ts',
    why: 'it needs a container engine',
  },
}
