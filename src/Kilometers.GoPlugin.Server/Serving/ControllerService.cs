using Grpc.Core;
using Kilometers.GoPlugin.Wire;

namespace Kilometers.GoPlugin.Server.Serving;

/// <summary>The host asks the plugin to stop. The answer is sent first: the listener lets calls under way end.</summary>
internal sealed class ControllerService(Action stop) : GRPCController.GRPCControllerBase
{
    public override Task<Empty> Shutdown(Empty request, ServerCallContext context)
    {
        stop();
        return Task.FromResult(new Empty());
    }
}
