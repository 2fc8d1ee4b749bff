import { isUnobserved } from '../../core/model/hook.ts';
import type { Status } from '../../formats/status.ts';
import { visibleText } from '../../formats/words/visible-text.ts';
import { Glyph } from './glyph.tsx';

type Hook = Status['hooks'][number];

/** `hooks 5 of 6`; opens to what each lack costs. */
export function Hooks({ hooks }: { hooks: readonly Hook[] }) {
  const told = hooks.filter((hook) => !isUnobserved(hook)).length;
  const lacking = hooks.some((hook) => hook.lack !== null && (hook.script !== null || isUnobserved(hook)));
  return (
    <details class="fold" name="header" data-testid="hooks">
      <summary class={lacking ? 'fact lacking' : 'fact'}>
        hooks{' '}
        <b class="number">
          {told} of {hooks.length}
        </b>
        {lacking && <Glyph shape="warn" />}
        {lacking && (told < hooks.length ? `${hooks.length - told} lacking` : 'with limits')}
      </summary>
      <table class="panel">
        <thead>
          <tr>
            <th scope="col">fact</th>
            <th scope="col">script</th>
            <th scope="col">what its lack costs</th>
          </tr>
        </thead>
        <tbody>
          {hooks.map(({ fact, script, lack }) => (
            <tr key={fact} class={isUnobserved({ fact, script, lack }) ? 'unattached' : ''}>
              <th scope="row">{visibleText(fact)}</th>
              <td>
                {script !== null ? `✓ ${visibleText(script)}` : isUnobserved({ fact, script, lack }) ? '✕ not attached' : '✓ inferred'}
              </td>
              <td>{lack === null ? 'nothing' : visibleText(lack)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
