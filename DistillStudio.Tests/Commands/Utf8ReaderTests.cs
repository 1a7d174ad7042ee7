using System.Text;
using DistillStudio.Commands;
using DistillStudio.Engine.Runtime;

namespace DistillStudio.Tests.Commands;

public sealed class Utf8ReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("one line")]
    [InlineData("first\r\nsecond é 漢 𝄞\n\nlast")]
    public async Task ReadToEnd_Utf8_IsTheText(string text)
    {
        using Utf8Reader reader = Of(Encoding.UTF8.GetBytes(text));
        Assert.Equal(text, await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void ReadLine_ByteOrderMark_IsLeftOut()
    {
        using Utf8Reader reader = Of([.. Encoding.UTF8.Preamble, .. "y\r\nn"u8]);
        Assert.Equal(("y", "n", null), (reader.ReadLine(), reader.ReadLine(), reader.ReadLine()));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xE9, (byte)'\n' }, 2)]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'a', 0 }, 1)]
    [InlineData(new byte[] { (byte)'\n', (byte)'\n', 0xE2, 0x82 }, 3)]
    public void ReadToEnd_OtherBytes_AreRefusedWithTheirLine(byte[] bytes, int line)
    {
        using Utf8Reader reader = Of(bytes);
        InputException refused = Assert.Throws<InputException>(reader.ReadToEnd);
        Assert.Equal($"Standard input, line {line}: is not valid UTF-8; save it as UTF-8.", refused.Message);
    }

    [Fact]
    public void ReadLine_WithoutEnd_IsRefused()
    {
        using var reader = new Utf8Reader(new EndlessStream(), "Standard input");
        InputException refused = Assert.Throws<InputException>(reader.ReadLine);
        Assert.StartsWith("Standard input, line 1: is longer than", refused.Message, StringComparison.Ordinal);
    }

    private static Utf8Reader Of(byte[] bytes) => new(new MemoryStream(bytes), "Standard input");

    /// <summary>Letters without end.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
