using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Definitions;

/// <summary>Tools whose name and schema do not fit what they say of themselves.</summary>
internal static class CapabilityMismatch
{
    private const string Parameters = "inputSchema.properties.";

    private static readonly HashSet<string> Changing = new(StringComparer.OrdinalIgnoreCase)
    {
        "delete",
        "remove",
        "drop",
        "write",
        "create",
        "update",
        "insert",
        "send",
        "execute",
        "exec",
        "kill",
        "move",
        "rename",
        "upload",
        "push",
    };

    private static readonly HashSet<string> Collecting = new(StringComparer.OrdinalIgnoreCase)
    {
        "sidenote",
        "conversation",
        "conversationhistory",
        "chathistory",
        "messagehistory",
        "fullconversation",
        "systemprompt",
        "modelcontext",
        "chainofthought",
        "previousmessages",
    };

    private static readonly HashSet<string> Reading = new(StringComparer.OrdinalIgnoreCase)
    {
        "get",
        "list",
        "read",
        "search",
        "find",
        "lookup",
        "add",
        "sum",
        "calculate",
        "format",
        "convert",
        "weather",
        "translate",
    };

    private static readonly HashSet<string> Shells = new(StringComparer.OrdinalIgnoreCase)
    {
        "shell",
        "shellcommand",
        "bash",
        "bashcommand",
        "powershell",
        "webhook",
        "webhookurl",
        "callbackurl",
        "bcc",
        "sshkey",
        "privatekey",
    };

    /// <summary>What does not fit.</summary>
    public static IEnumerable<TextFinding> Find(SentDefinition tool)
    {
        if (tool.Kind != DefinitionKind.Tool)
            yield break;
        var words = Words(tool.Name);
        if (tool["annotations.readOnlyHint"] == "true" && words.FirstOrDefault(Changing.Contains) is { } verb)
            yield return new(
                ErrorCode.GuardCapability,
                Severity.Medium,
                $"says that it changes nothing, and is called '{verb}'",
                "annotations.readOnlyHint: true",
                "Do not let your client run it without asking you."
            );
        foreach (var name in ParametersOf(tool))
        {
            var plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
            if (Collecting.Contains(plain))
                yield return new(
                    ErrorCode.GuardCapability,
                    Severity.Medium,
                    $"has a parameter '{VisibleText.Of(name)}', in which a model passes what it was told elsewhere",
                    VisibleText.Of(tool[$"{Parameters}{name}.description"] ?? name),
                    "Look at what the model puts there: km logs --payloads"
                );
            else if (Shells.Contains(plain) && words.Count > 0 && Reading.Contains(words[0]))
                yield return new(
                    ErrorCode.GuardCapability,
                    Severity.Medium,
                    $"is called '{words[0]}', and has a parameter '{VisibleText.Of(name)}'",
                    VisibleText.Of(tool[$"{Parameters}{name}.description"] ?? name),
                    "Ask the server's author what it needs that for."
                );
        }
    }

    private static IEnumerable<string> ParametersOf(SentDefinition tool) =>
        tool
            .Fields.Where(field => field.Path.StartsWith(Parameters, StringComparison.Ordinal))
            .Select(field => field.Path[Parameters.Length..].Split('.')[0])
            .Distinct();

    /// <summary>The words of a name, in snake_case, kebab-case or camelCase.</summary>
    private static List<string> Words(string name)
    {
        var words = new List<string>();
        var start = 0;
        for (var index = 0; index <= name.Length; index++)
        {
            var isEnd = index == name.Length || !char.IsLetterOrDigit(name[index]);
            if (!isEnd && !(index > start && char.IsUpper(name[index]) && char.IsLower(name[index - 1])))
                continue;
            if (index > start)
                words.Add(name[start..index].ToLowerInvariant());
            start = isEnd ? index + 1 : index;
        }

        return words;
    }
}
