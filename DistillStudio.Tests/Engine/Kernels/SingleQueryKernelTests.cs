using DistillStudio.Engine.Kernels;

namespace DistillStudio.Tests.Engine.Kernels;

public sealed unsafe class SingleQueryKernelTests
{
    private const int Heads = 2;

    [Theory]
    [InlineData(6, 1, false)]
    [InlineData(6, 33, true)]
    [InlineData(64, 32, true)]
    [InlineData(80, 70, false)]
    public void Row_AnyNumberOfKeys_IsTheAttentionOfItsQuery(int width, int count, bool isBiased)
    {
        int step = SingleQueryKernel<Float32Format>.KeyStep;
        int rounded = (count + step - 1) / step * step;
        int all = Heads * width;
        float[] query = KernelNumbers.Random(all, 1), bias = KernelNumbers.Random(Heads * rounded, 2);
        float[] keys = KernelNumbers.Random(count * all, 3), values = KernelNumbers.Random(count * all, 4);
        float[] stored = new float[rounded * all], storedValues = new float[count * all];
        float[] scores = new float[rounded], result = new float[all];
        fixed (float* queryData = query, keyData = keys, valueData = values, biasData = bias)
        fixed (float* storedData = stored, storedValueData = storedValues, scoreData = scores, resultData = result)
        {
            var range = new KeyRange((nint)storedData, (nint)storedValueData, count);
            for (int key = 0; key < count; key++)
            {
                SingleQueryKernel<Float32Format>.Write<Float32Format>(key, all, keyData + (key * all), valueData + (key * all), range);
            }

            SingleQueryKernel<Float32Format>.Row(Heads, width, queryData, range, isBiased ? biasData : null, rounded, scoreData,
                resultData);
        }

        KernelNumbers.AssertClose([.. Enumerable.Range(0, all).Select(i =>
        {
            int head = i / width;
            double[] exponentials =
            [
                .. Enumerable.Range(0, count).Select(key => Math.Exp(
                    Enumerable.Range(head * width, width).Sum(j => (double)query[j] * keys[(key * all) + j])
                        + (isBiased ? bias[(head * rounded) + key] : 0))),
            ];
            return exponentials.Select((share, key) => share * values[(key * all) + i]).Sum() / exponentials.Sum();
        })], result);
    }
}
