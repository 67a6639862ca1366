using Kilometers.Cli.Commands.Reports;

namespace Kilometers.Cli.Tests.Commands.Reports;

public sealed class FindingTests : IDisposable
{
    private readonly CollectedFigures _figures = new();

    public void Dispose() => _figures.Dispose();

    [Fact]
    public void In_AQuietTime_FindsNothing()
    {
        _figures.With("one", "files", "read", 4);
        Assert.Empty(Finding.In(_figures.Report()));
    }

    [Fact]
    public void In_WhatIsWorthALook_IsFoundWithItsFigures()
    {
        _figures.With("one", "files", "read", 60, startup: 4, unused: ["write", "move"]);
        Assert.Equal(
            [
                ("slow-start", null, "files: the first answer takes 4000 ms"),
                ("never-used", null, "files: 2 of 3 tools never called, 800 B of definitions: move, write"),
                ("failing", "read", "files/read: 6 of 60 calls failed (10 %), mostly time-out"),
                ("repeated", "read", "files/read: 12 of 60 calls (20 %) had the arguments of an earlier one of their session"),
                ("chatty", "read", "files/read: called 60 times per session"),
            ],
            Finding.In(_figures.Report()).Select(finding => (finding.Kind, finding.Tool, finding.Text))
        );
    }
}
