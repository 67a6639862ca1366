using System.CommandLine;
using Kilometers.Cli.Output;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary><c>km plugins status</c>.</summary>
internal static class StatusCommand
{
    private const string Examples = """
        Examples:
          km plugins status
          km plugins status console-logger --json
        """;

    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "Only this plugin.", Arity = ArgumentArity.ZeroOrOne };
        var json = PluginsCommand.Json();
        var command = new Command("status", "Show plugins in detail: who signed them, every check with its outcome, what they may do, and what to do where something is wrong.") { name, json };
        HelpWithExamples.Add(command, Examples);
        CommandContext.Run(command, (parsed, context, cancellationToken) =>
        {
            var plugins = PluginStatus.Read(context, parsed.GetValue(name), cancellationToken);
            if (parsed.GetValue(json)) context.Screen.Json(plugins, CommandJsonContext.Default.IReadOnlyListPluginStatus);
            else foreach (var plugin in plugins) Show(context, plugin);
            return Task.FromResult(plugins.TrueForAll(plugin => plugin.IsGood) ? 0 : 1);
        });
        return command;
    }

    private static void Show(CommandContext context, PluginStatus status)
    {
        var screen = context.Screen;
        var plugin = status.Plugin;
        screen.WriteLine($"{plugin.Name} {plugin.Version ?? "(version not verified)"}: {plugin.Status}{(plugin.Code is null ? "" : $" [{plugin.Code}]")}");
        if (plugin.Reason is not null) screen.WriteLine($"  {plugin.Reason}");
        if (status.Description is not null) screen.WriteLine($"  {status.Description}");
        var rows = new List<IReadOnlyList<string>> { new[] { "  file", plugin.Path }, new[] { "  last auth", PluginListing.When(plugin.LastAuth) } };
        if (status.SignedBy is not null) rows.Add(["  signed by", $"{status.SignedBy}, under {status.Root}{(status.IsDevelopmentRoot ? " (development)" : "")}"]);
        rows.Add(["  isolation", status.Isolation]);
        if (status.MayUse.Count > 0) rows.Add(["  may", string.Join("; ", status.MayUse)]);
        foreach (var check in status.Checks) rows.Add([$"  {check.Gate}", check.Detail.Length > 0 ? $"{check.Outcome}: {check.Detail}" : check.Outcome]);
        screen.Table(["", ""], rows);
        if (status.Advice is { } advice) screen.WriteLine($"  {context.Errors.Glyphs.Hint} {advice}");
        screen.WriteLine("");
    }
}
