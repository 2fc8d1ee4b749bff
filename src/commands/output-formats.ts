/** What `synoptic export` writes. */
export const EXPORT_FORMATS = ['ndjson', 'perfetto', 'parquet', 'capture'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What `synoptic report` writes. */
export const REPORT_FORMATS = ['md', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
