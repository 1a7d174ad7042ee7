using System.Text;
using System.Text.Json;
using DistillStudio.Engine.Runs;
using DistillStudio.Engine.Settings;

namespace DistillStudio.Tests.Engine.Runs;

/// <summary>The lines of <c>events.jsonl</c>, byte for byte: files written by earlier programs and read by users' scripts must stay
/// valid.</summary>
public sealed class EventLineTests
{
    private const string End = """,'number':7,'time':'2025-01-02T03:04:05+00:00'}""";

    private static readonly StepCompleted Step =
        RunScript.Step(3, RunScript.Spec()) with { LabelLoss = 2.5, RationaleLoss = 5.125, Loss = 3.8125 };

    /// <summary>Each kind of event, with single quotes for double ones and without <see cref="End"/>.</summary>
    public static TheoryData<string, string> Kinds => new()
    {
        {
            "step",
            "'progressed','step':3,'labelLoss':2.5,'rationaleLoss':5.125,'loss':3.8125,'learningRate':0.0003333333333333333,'gradientNorm':0.5,'examples':48,'epoch':0.06,'seconds':0.25,'tokens':30,'memoryBytes':123456789,'cpuCores':1.5,'gpuUse':0.25"
        },
        {
            "step without rationales",
            "'progressed','step':3,'labelLoss':2.5,'rationaleLoss':null,'loss':3.8125,'learningRate':0.0003333333333333333,'gradientNorm':0.5,'examples':48,'epoch':0.06,'seconds':0.25,'tokens':30,'memoryBytes':123456789"
        },
        {
            "diverged step",
            "'progressed','step':3,'labelLoss':'NaN','rationaleLoss':5.125,'loss':'Infinity','learningRate':0.0003333333333333333,'gradientNorm':0.5,'examples':48,'epoch':0.06,'seconds':0.25,'tokens':30,'memoryBytes':123456789"
        },
        {
            "evaluation",
            "'evaluated','step':100,'split':'valid','weights':'current','accuracy':0.5,'correct':50,'rows':100,'labelLoss':1,'rationaleLoss':2,'loss':1.5,'seconds':0.7"
        },
        {
            "evaluation without rationales",
            "'evaluated','step':100,'split':'valid','weights':'current','accuracy':0.5,'correct':50,'rows':100,'labelLoss':1,'rationaleLoss':null,'loss':1.5,'seconds':0.7"
        },
        { "samples", "'sampled','step':2,'samples':[{'row':3,'input':'a "
            + "question','truth':'yes','teacherLabel':'yes','teacherRationale':'because','label':'yes','rationale':'since "
            + "2','isCorrect':true,'isLabelTruncated':false,'isRationaleTruncated':false}]" },
        { "checkpoint", "'checkpointed','step':100,'folder':'checkpoints/100','isBest':false,'bytes':12345" },
        { "log line", "'logged','severity':'warning','message':'It is <warm>.'" },
        { "pause", "'paused','step':5" },
        { "resume", "'resumed','step':5,'isRestored':true,'bestAccuracy':0.75,'bestStep':null,'bestLabelLoss':null" },
        {
            "end",
            "'finished','step':9,'test':{'accuracy':0.75,'correct':75,'rows':100,'step':9},'testBest':null,'testLast':null,'bestValidAccuracy':0.8,'model':'model','seconds':12,'bestValidStep':null,'exported':null"
        },
        { "cancellation", "'cancelled','step':5" },
        { "failure", "'failed','step':5,'message':'It broke.','remedy':'Mend it.','detail':null" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_EveryKindOfEvent_GivesItsLine(string kind, string fields)
    {
        byte[] line = Line($"{{'event':{fields}{End}");

        byte[] written = EventLine.Write(EventOf(kind) with { Number = 7, Time = RunScript.Start });

        Assert.Equal(Encoding.UTF8.GetString(line), Encoding.UTF8.GetString(written).TrimEnd('\n'));
        Assert.Equal(written, EventLine.Write(EventLine.Read(line)!));
    }

    [Fact]
    public void Write_Start_GivesItsLine()
    {
        Started started = RunScript.Started(RunScript.Spec()) with { Number = 7, Time = RunScript.Start };
        string spec = JsonSerializer.Serialize(started.Spec, EngineJson.Events);
        byte[] line = Line(
            $"{{'event':'started','spec':{spec},'device':'cpu','precision':'float32','threads':2,'parameters':1000000,'trainRows':800,'validRows':100,'testRows':100,'blankRowsLeftOut':0,'stepsPerEpoch':50,'machine':'a machine','version':'1.0','deviceName':null,'libTorch':null{End}");

        Assert.Equal([.. line, (byte)'\n'], EventLine.Write(started));
    }

    [Fact]
    public void Write_StartWithFingerprints_GivesTheirNames()
    {
        Started started = RunScript.Started(RunScript.Spec()) with
        {
            Number = 7,
            Time = RunScript.Start,
            Fingerprints = new("d1", "t1", new(800, "o1", "c1"), new(100, "o2", "c2"), new(100, "o3", "c3"), "g1", "w1", "k1"),
        };
        string line = Encoding.UTF8.GetString(EventLine.Write(started));

        Assert.EndsWith(
            Encoding.UTF8.GetString(Line("""
                ,'libTorch':null,'fingerprints':{'dataset':'d1','teacher':'t1','train':{'rows':800,'ordered':'o1','content':'c1'},'valid':{'rows':100,'ordered':'o2','content':'c2'},'test':{'rows':100,'ordered':'o3','content':'c3'},'config':'g1','weights':'w1','tokenizer':'k1'}
                """ + End)) + "\n",
            line,
            StringComparison.Ordinal);
        Assert.Equal(started, EventLine.Read(Encoding.UTF8.GetBytes(line)));
        Assert.Equal(new RunFingerprints(Weights: "w1"), ((Started)EventLine.Read(Line(
            """{'event':'started','spec':{'dataset':'demo','fromPretrained':'demo'},'device':'cpu','precision':'float32','threads':2,'parameters':1,'trainRows':1,'validRows':1,'testRows':1,'blankRowsLeftOut':0,'stepsPerEpoch':1,'machine':'m','version':'1','fingerprints':{'weights':'w1','ofALaterVersion':1}"""
            + End))!).Fingerprints);
    }

    [Theory]
    [InlineData("step without rationales", "'step':3,")]
    [InlineData("step without rationales", "'labelLoss':2.5,")]
    [InlineData("step without rationales", "'rationaleLoss':null,")]
    [InlineData("step without rationales", ",'memoryBytes':123456789")]
    [InlineData("evaluation", "'split':'valid',")]
    [InlineData("evaluation", "'rationaleLoss':2,")]
    [InlineData("evaluation", ",'seconds':0.7")]
    public void Read_LineThatLacksAField_GivesNoEvent(string kind, string field)
    {
        string whole = $"{{'event':{Kinds.Single(row => row.Data.Item1 == kind).Data.Item2}{End}";
        string rest = whole.Replace(field, "", StringComparison.Ordinal);

        Assert.NotEqual(whole, rest);
        Assert.NotNull(EventLine.Read(Line(whole)));
        Assert.Null(EventLine.Read(Line(rest)));
    }

    [Theory]
    [InlineData("evaluation", "'split':'valid'", "'split':null")]
    [InlineData("evaluation", "'accuracy':0.5", "'accuracy':null")]
    [InlineData("step without rationales", "'loss':3.8125", "'loss':null")]
    public void Read_UnexpectedNull_GivesNoEvent(string kind, string field, string other)
    {
        string whole = $"{{'event':{Kinds.Single(row => row.Data.Item1 == kind).Data.Item2}{End}";

        Assert.Null(EventLine.Read(Line(whole.Replace(field, other, StringComparison.Ordinal))));
    }

    [Fact]
    public void ReadAll_LinesWithoutEvent_AreReportedByNumberExceptBlankOnes()
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, RunFolder.EventsName);
        byte[] line = EventLine.Write(Step with { Number = 7 });
        byte[] tooLong = [.. Enumerable.Repeat((byte)'x', EventLine.LongestBytes + 1)];
        File.WriteAllBytes(
            path,
            [
                .. line, .. "{}\n"u8, .. line, .. " \r\n\n"u8, .. tooLong, .. "\n"u8, .. Line("{'event':'dreamt','number':8}\n"),
                .. line[..^9],
            ]);
        List<UnreadableLine> skipped = [];

        Assert.Equal(2, EventLine.ReadAll(path, skipped.Add).Count());

        Assert.Equal([new(2, false), new(6, false), new(7, false), new(8, true)], skipped);
    }

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text.Replace('\'', '"'));

    private static RunEvent EventOf(string kind) => kind switch
    {
        "step" => Step with { CpuCores = 1.5, GpuUse = 0.25 },
        "step without rationales" => Step with { RationaleLoss = null },
        "diverged step" => Step with { LabelLoss = double.NaN, Loss = double.PositiveInfinity },
        "evaluation" => RunScript.Valid(100, 0.5),
        "evaluation without rationales" => RunScript.Valid(100, 0.5) with { RationaleLoss = null },
        "samples" => RunScript.Samples(2),
        "checkpoint" => new Checkpointed(100, "checkpoints/100", IsBest: false, 12_345),
        "log line" => new Logged(LogSeverity.Warning, "It is <warm>."),
        "pause" => new Paused(5),
        "resume" => new Resumed(5, IsRestored: true, 0.75),
        "end" => RunScript.Finished(9),
        "cancellation" => new Cancelled(5),
        "failure" => new Failed(5, "It broke.", "Mend it.", null),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such event."),
    };
}
