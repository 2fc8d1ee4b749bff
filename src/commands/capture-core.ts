import { Detect } from '../config/detect-settings.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { PipelineOptions } from '../core/pipeline.ts';
import type { CaptureHeader } from '../formats/capture/header.ts';

/**
 * What the core of a capture's observer was given: with other bounds or thresholds a replay would find something else. What the header does
 * not tell, for it is of an older Synoptic, is as it is where nobody has changed it.
 *
 * @throws SynopticError CAPTURE_DAMAGED where the thresholds are none.
 */
export function coreOptions({ maxSockets, configuration }: Pick<CaptureHeader, 'maxSockets' | 'configuration'>): PipelineOptions {
  const { data: thresholds, error } = Detect.safeParse(configuration['detect'] ?? {});
  if (thresholds !== undefined) return { maxSockets, thresholds };
  const [issue] = error.issues;
  throw new SynopticError('CAPTURE_DAMAGED', 'The capture’s header holds thresholds that this Synoptic does not know', {
    where: `detect.${issue?.path.join('.') ?? ''}`,
    expected: 'the settings under detect, as Synoptic wrote them',
    cause: error,
  });
}
