using CsvHelper;
using DistillStudio.Engine.Data;

namespace DistillStudio.Engine.Import;

/// <summary>How a table's fields are separated, and whether quotes enclose fields.</summary>
internal readonly record struct CsvDialect(char Separator, CsvMode Mode)
{
    private const int MostRecords = 200;

    private static readonly char[] Separators = [',', '\t', ';', '|'];

    /// <summary>
    /// Chooses the dialect under which most records have as many fields as the header. Tables with tabs are often written without any
    /// quoting: stray quotes then join records, so that a quoted dialect loses.
    /// </summary>
    /// <param name="sample">The file's first bytes, as UTF-8.</param>
    /// <param name="isWhole">True if the sample is the whole file.</param>
    public static CsvDialect Detect(byte[] sample, string extension, bool isWhole)
    {
        // A record cut off at the end of the sample is not evidence.
        int end = isWhole ? sample.Length : Math.Max(sample.AsSpan().LastIndexOfAny((byte)'\n', (byte)'\r'), 0);
        byte[] whole = sample[..(end == 0 ? sample.Length : end)];
        char usual = extension == ".tsv" ? '\t' : ',';
        return (from separator in Separators
                from mode in separator == '\t' ? [CsvMode.Rfc4180, CsvMode.NoEscape] : new[] { CsvMode.Rfc4180 }
                let dialect = new CsvDialect(separator, mode)
                orderby dialect.Fit(whole) descending, separator == usual descending, mode == CsvMode.Rfc4180 descending
                select dialect).First();
    }

    public CsvReaderOptions Options(Action<CsvMalformedRecord>? onMalformed = null) => new()
    {
        Separator = Separator,
        Mode = Mode,
        HasHeader = false,
        TrackLineNumbers = true,
        MaxRecordSize = TextWindow.MaxBytes,
        SkipEmptyLines = true,
        FieldCountMismatch = CsvFieldCountHandling.Allow,
        MalformedData = CsvMalformedDataHandling.Recover,
        DetectSeparatorHint = false,
        TrimWhitespace = false,
        OnMalformedRecord = onMalformed ?? (_ => { }),
    };

    /// <summary>Returns the share of fitting records, in [0, 1]; 0 for a single column, which proves nothing.</summary>
    private double Fit(byte[] text)
    {
        bool isBroken = false;
        int columns = 0;
        int records = 0;
        int fitting = 0;
        try
        {
            int stray = 0;
            using var reader = CsvReader.Create(
                text,
                Options(
                    malformed => (isBroken, stray) = (isBroken || malformed.Reason == CsvMalformedReason.UnterminatedQuote, stray + 1)));
            while (records < MostRecords && reader.Read())
            {
                columns = records == 0 ? reader.FieldCount : columns;
                records++;
                fitting += reader.FieldCount == columns ? 1 : 0;
            }

            fitting -= Math.Min(stray, fitting);
        }
        catch (CsvFormatException)
        {
            return 0;
        }

        return columns < 2 || isBroken ? 0 : (double)fitting / records;
    }
}
