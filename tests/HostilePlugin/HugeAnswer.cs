using System.Buffers;
using Grpc.Core;

namespace Kilometers.HostilePlugin;

/// <summary>Answers the first call, Describe, with a message that is announced as 4 GB long, the most that gRPC's prefix can say, and begins to send it.</summary>
internal static class HugeAnswer
{
    public static Task<int> ServeAsync() =>
        RawContract.ServeAsync(() => ServerServiceDefinition.CreateBuilder().AddMethod(RawContract.Call("Describe"), AnswerAsync).Build());

    private static async Task<byte[]> AnswerAsync(byte[] request, ServerCallContext context)
    {
        var response = context.GetHttpContext().Response;
        await response.StartAsync(context.CancellationToken);
        response.BodyWriter.Write((byte[])[0, 0xff, 0xff, 0xff, 0xff]);
        var part = new byte[1 << 20];
        while (true)
            await response.BodyWriter.WriteAsync(part, context.CancellationToken);
    }
}
