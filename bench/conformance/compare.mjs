// Compares two folders of results of the conformance suite: node compare.mjs TITLE DIRECT THROUGH
// Prints a row of a table, and fails where a scenario ends worse through km than without it. Checks that differ are listed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [title, direct, through] = process.argv.slice(2);
const order = ['SUCCESS', 'SKIPPED', 'WARNING', 'FAILURE'];
const worse = (one, other) => (order.indexOf(one) > order.indexOf(other) ? one : other);
const verdictOf = checks => [...checks.values()].reduce(worse, 'SUCCESS');

function read(folder) {
    const scenarios = new Map();
    for (const name of readdirSync(folder, { recursive: true }).filter(name => name.endsWith('checks.json'))) {
        // server-ping-2026-11-29T12-00-00-000Z/checks.json
        const scenario = name.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z\/checks\.json$/, '').replace(/^server-/, '');
        const checks = new Map();
        for (const check of JSON.parse(readFileSync(join(folder, name), 'utf8')))
            if (check.status !== 'INFO') checks.set(check.id, worse(checks.get(check.id), check.status));
        scenarios.set(scenario, checks);
    }

    return scenarios;
}

const [before, after] = [read(direct), read(through)];
const count = { passed: 0, through: 0, identical: 0, worse: 0 };
const differences = [];
for (const scenario of new Set([...before.keys(), ...after.keys()])) {
    const [one, other] = [before.get(scenario) ?? new Map(), after.get(scenario) ?? new Map()];
    const ids = [...new Set([...one.keys(), ...other.keys()])].filter(id => one.get(id) !== other.get(id));
    const [alone, withKm] = [verdictOf(one), after.has(scenario) ? verdictOf(other) : 'FAILURE'];
    const isWorse = order.indexOf(withKm) > order.indexOf(alone);
    if (alone !== 'FAILURE') count.passed++;
    if (withKm !== 'FAILURE') count.through++;
    if (ids.length === 0) count.identical++;
    if (isWorse) count.worse++;
    for (const id of ids)
        differences.push(`  ${isWorse ? 'WORSE ' : ''}${scenario}: ${id} is ${one.get(id) ?? 'missing'} without km, ${other.get(id) ?? 'missing'} with it`);
}

console.log(`| ${title} | ${before.size} | ${count.passed} | ${count.through} | ${count.identical} | ${count.worse} |`);
for (const line of differences) console.error(line);
process.exitCode = count.worse === 0 && before.size > 0 ? 0 : 1;
