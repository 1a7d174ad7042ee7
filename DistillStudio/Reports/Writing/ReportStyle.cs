using System.Globalization;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Reports.Writing;

/// <summary>Elements shared by all formats, and the style sheet of the page.</summary>
internal static class ReportStyle
{
    public const string Css =
        """
        :root { color-scheme: light; }
        * { box-sizing: border-box; }
        body { margin: 0; background: #fff; color: #1a1d21; font: 15px/1.5 system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; }
        main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.5rem; overflow-wrap: anywhere; }
        h1 { margin: 2rem 0 .5rem; font-size: 1.7em; line-height: 1.25; }
        h2 { margin: 2.2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid #d9dde2; font-size: 1.2em; }
        p, ul { margin: .5rem 0; }
        .lead { color: #4a5058; }
        .claim { padding-left: .9rem; border-left: 4px solid #0072b2; font-size: 1.08em; font-weight: 600; }
        .caution { padding: .5rem .9rem; border-left: 4px solid #c85200; background: #fff6ee; }
        .table { overflow-x: auto; margin: .8rem 0; }
        table { width: 100%; border-collapse: collapse; font-size: .87em; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
        th, td { padding: .32rem .6rem; border-bottom: 1px solid #e4e7eb; text-align: left; vertical-align: top; }
        th { border-bottom: 2px solid #9aa2ac; font-weight: 600; }
        .number { text-align: right; }
        td.number { white-space: nowrap; }
        .long { min-width: 9rem; overflow-wrap: anywhere; }
        figure { margin: 1.2rem 0; }
        figure svg { display: block; max-width: 100%; height: auto; }
        figcaption { margin-top: .3rem; color: #4a5058; font-size: .87em; }
        pre {
          margin: .8rem 0; padding: .8rem 1rem; background: #f4f6f8; font: .82em/1.5 ui-monospace, 'Liberation Mono', monospace;
          white-space: pre-wrap;
        }
        footer { padding-top: 1.5rem; padding-bottom: 3rem; color: #4a5058; font-size: .82em; }
        @page { margin: 16mm 14mm; }
        @media print {
          body { font-size: 10pt; }
          main, footer { max-width: none; padding-left: 0; padding-right: 0; }
          h1 { margin-top: 0; }
          h2 { break-after: avoid; }
          figure, tr, .claim, .caution { break-inside: avoid; }
          .table { overflow: visible; }
          table { font-size: 8pt; }
          th, td { padding: .2rem .35rem; }
          .long { min-width: 20mm; }
          pre { font-size: 7.5pt; }
          .caution, pre, figure svg { print-color-adjust: exact; }
        }

        """;

    /// <summary>States what wrote the report, and how recent its data are.</summary>
    public static string Footer(Report report) => $"Written by DistillStudio {BuildVersion.Current} from data up to {Time(report.Date)}.";

    /// <summary>Returns a time to the minute, in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
