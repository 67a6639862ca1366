using System.Text;
using Kilometers.Packager.Output;
using Microsoft.Extensions.Time.Testing;

namespace Kilometers.Packager.Tests.Output;

public sealed class ProgressLineTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Progress_LongerThanASecond_IsShownAndErased() =>
        Assert.Equal("\r\e[Ksession v2 ... 1 s\r\e[Ksession v2 ... 2 s\r\e[K", await ShownAsync(canErase: true, progress =>
            {
                progress.Begin("session v2");
                _time.Advance(TimeSpan.FromSeconds(1));
                _time.Advance(TimeSpan.FromSeconds(1));
                progress.Begin("shutdown v2");
            }));

    [Fact]
    public async Task Progress_ShorterThanASecond_IsNotShown() => Assert.Equal("", await ShownAsync(canErase: true, progress =>
            {
                for (var step = 0; step < 10; step++)
                {
                    progress.Begin($"step {step}");
                    _time.Advance(TimeSpan.FromSeconds(0.9));
                }
            }));

    [Fact]
    public async Task Progress_NoTerminal_IsNotShown() => Assert.Equal("", await ShownAsync(canErase: false, progress =>
            {
                progress.Begin("session v2");
                _time.Advance(TimeSpan.FromSeconds(9));
            }));

    private async Task<string> ShownAsync(bool canErase, Action<ProgressLine> use)
    {
        using var stream = new MemoryStream();
        await using (var progress = new ProgressLine(stream, canErase, _time))
            use(progress);

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
