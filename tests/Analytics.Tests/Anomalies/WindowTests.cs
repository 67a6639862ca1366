using Kilometers.Plugins.Analytics.Anomalies;

namespace Kilometers.Plugins.Analytics.Tests.Anomalies;

public sealed class WindowTests
{
    [Fact]
    public void Score_OfTheLastValues_IsThatOfTheirMedianAndTheirDistancesFromIt()
    {
        var random = new Random(1);
        for (var round = 0; round < 50; round++)
        {
            var window = new Window(40);
            var values = Enumerable.Range(0, 8 * random.Next(1, 20)).Select(_ => (float)random.Normal()).ToList();
            values.ForEach(value => window.Add(value));
            var last = values.TakeLast(40).ToList();
            var middle = last.Order().ElementAt(last.Count / 2);
            var spread = 1.4826 * last.Select(value => Math.Abs(value - middle)).Order().ElementAt(last.Count / 2);
            Assert.Equal(middle, window.Quantile(0.5), 1e-6);
            Assert.Equal((5 - middle) / Math.Max(0.1, spread), window.Score(5, 0.1), 1e-3);
            Assert.Equal(last.Count, window.Count);
        }
    }

    [Fact]
    public void Score_OutliersBeforeIt_HardlyChangeIt()
    {
        var window = new Window(100);
        for (var value = 0; value < 100; value++)
            window.Add(value % 10 == 0 ? 1e6 : value % 7);
        Assert.InRange(window.Score(50, 0.1), 10, 100);
    }

    [Fact]
    public void Write_ThenRead_IsTheSame()
    {
        var window = new Window(16);
        for (var value = 0; value < 21; value++)
            window.Add(value);
        var stream = new MemoryStream();
        window.Write(new BinaryWriter(stream));
        stream.Position = 0;
        var read = new Window(16);
        read.Read(new BinaryReader(stream));
        window.Add(100);
        read.Add(100);
        Assert.Equal(
            (window.Count, window.Quantile(0), window.Quantile(0.5), window.Score(30, 1)),
            (read.Count, read.Quantile(0), read.Quantile(0.5), read.Score(30, 1))
        );
    }
}
