using System.Text.Json;

namespace TestMcpServer;

/// <summary>
/// A server of either era whose results are a file: an object of methods and results, read again for each request, so that a test can change
/// what the server says. A <c>tools/call</c> is answered by the member <c>tools/call NAME</c>. What is not there is an unknown method.
/// </summary>
internal static class AnswersMode
{
    public static int Run(Stream input, OutputLines output, string file)
    {
        foreach (var line in InputLines.Read(input))
        {
            using var message = JsonDocument.Parse(line);
            var root = message.RootElement;
            if (!root.TryGetProperty("id", out var id) || !root.TryGetProperty("method", out var method))
                continue;
            var name = method.GetString()!;
            if (name == "tools/call")
                name = $"{name} {JsonRpcMode.Member(root.GetProperty("params"), "name")}";
            using var answers = JsonDocument.Parse(File.ReadAllBytes(file));
            output.WriteLine(
                answers.RootElement.TryGetProperty(name, out var result)
                    ? JsonRpcMode.Result(id.GetRawText(), result.GetRawText())
                    : JsonRpcMode.Error(id.GetRawText(), -32601, "Method not found")
            );
        }

        return 0;
    }
}
