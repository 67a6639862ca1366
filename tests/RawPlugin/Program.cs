// A plugin of some other product: cookie RAW_PLUGIN=raw, protocol versions 3 and 5, one service "raw.Raw" whose calls take and give text.
//   Version()      the agreed protocol version
//   Print(TEXT)    prints TEXT to Console.Out and "error: TEXT" to Console.Error (captured, too); answers once it is printed
//   Log(TEXT)      logs TEXT at Warning with fields
//   Accept(ID)     serves another raw.Raw on a brokered connection ID, whose Version answers "brokered"
//   Dial(ID)       dials the host's brokered connection ID and gives what its Version answers
//   Stop()         stops the process from within
// RAWPLUGIN_SLOW_STOP=MS: stopping takes so long. Prints "stopping" when it stops.
using System.Globalization;
using System.Text;
using Grpc.Core;
using Kilometers.GoPlugin.Server;
using Microsoft.Extensions.Logging;

var text = Marshallers.Create(static (string value) => Encoding.UTF8.GetBytes(value), static bytes => Encoding.UTF8.GetString(bytes));
Method<string, string> Call(string name) => new(MethodType.Unary, "raw.Raw", name, text, text);

ServerServiceDefinition Serve(GoPluginContext context, string version) =>
    ServerServiceDefinition
        .CreateBuilder()
        .AddMethod(Call("Version"), Task<string> (string _, ServerCallContext _) => Task.FromResult(version))
        .AddMethod(Call("Print"), Task<string> (string value, ServerCallContext _) =>
        {
            Console.Out.WriteLine(value);
            Console.Error.WriteLine("error: " + value);
            return Task.FromResult("");
        })
        .AddMethod(Call("Log"), Task<string> (string value, ServerCallContext _) =>
        {
            context
                .LoggerFactory.CreateLogger("raw")
                .LogWarning(new InvalidOperationException("inner\nlines"), "said {Text} {Number} {@level}", value, 42, "x");
            return Task.FromResult("");
        })
        .AddMethod(Call("Accept"), async Task<string> (string id, ServerCallContext _) =>
        {
            await context.Broker.AcceptAsync(uint.Parse(id, CultureInfo.InvariantCulture), [Serve(context, "brokered")]);
            return "";
        })
        .AddMethod(Call("Dial"), async Task<string> (string id, ServerCallContext call) =>
        {
            using var channel = await context.Broker.DialAsync(uint.Parse(id, CultureInfo.InvariantCulture), call.CancellationToken);
            return await channel
                .CreateCallInvoker()
                .AsyncUnaryCall(Call("Version"), null, new CallOptions(cancellationToken: call.CancellationToken), "");
        })
        .AddMethod(Call("Stop"), Task<string> (string _, ServerCallContext _) =>
        {
            context.Stop();
            return Task.FromResult("");
        })
        .Build();

return await GoPluginServer.RunAsync(
    new GoPluginServerOptions
    {
        CookieKey = "RAW_PLUGIN",
        CookieValue = "raw",
        CaptureStandardError = true,
        Contracts = new Dictionary<int, Func<GoPluginContext, IEnumerable<ServerServiceDefinition>>>
        {
            [3] = context => [Serve(context, "3")],
            [5] = context => [Serve(context, "5")],
        },
        Stopping = async token =>
        {
            Console.Out.WriteLine("stopping");
            if (Environment.GetEnvironmentVariable("RAWPLUGIN_SLOW_STOP") is { } delay)
                await Task.Delay(int.Parse(delay, CultureInfo.InvariantCulture), token);
        },
    }
);
