using Kilometers.Definitions;
using Kilometers.Plugin.Sdk;
using Kilometers.Plugin.Sdk.Observing;
using Kilometers.Plugins.Guard.Reporting;

namespace Kilometers.Plugins.Guard.Tests.Reporting;

public sealed class SessionFindingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServerRecords _records;
    private readonly SessionServer _server;

    public SessionFindingsTests()
    {
        _records = new ServerRecords(_folder.Path, TimeProvider.System);
        _server = new SessionServer(
            _records,
            new SessionInfo { Id = "one", ServerLabel = "files" },
            "npx files",
            TimeProvider.System,
            line => Assert.Fail(line)
        );
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MessageKind.Request, 7, 0, 7L)]
    [InlineData(MessageKind.Response, 8, 7, 7L)]
    [InlineData(MessageKind.ErrorResponse, 8, 7, 7L)]
    [InlineData(MessageKind.Response, 8, 0, null)]
    [InlineData(MessageKind.Notification, 9, 0, null)]
    public void Report_WhatAMessageShowed_IsKeptWithItsCall(MessageKind kind, int sequence, int request, long? call)
    {
        Report(
            new ObservedMessage
            {
                Kind = kind,
                Sequence = (ulong)sequence,
                RequestSequence = (ulong)request,
            }
        );
        Assert.Equal(("one", call), (Kept().Session, Kept().Call));
    }

    [Fact]
    public void Report_OfNoMessage_IsOfNoCall()
    {
        Report(null);
        Assert.Null(Kept().Call);
    }

    private void Report(ObservedMessage? message) =>
        new SessionFindings(_server, new HashSet<string>(), TextWriter.Null).Report(
            [
                new Finding
                {
                    Code = "GRD_TXT_001",
                    Severity = Severity.High,
                    Subject = "tools/call 'read'",
                    Summary = "has hidden text",
                    Evidence = "…",
                    Advice = "Look at SERVER",
                },
            ],
            message
        );

    private Finding Kept() => Assert.Single(_records.Find(_server.Key)!.Findings);
}
