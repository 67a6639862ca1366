using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Kilometers.Audit;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.Rules.Reading;

namespace Kilometers.Cli.Commands.Guard;

/// <summary><c>km guard use</c>: puts a file of rules in force, or takes the rules out of force.</summary>
internal static class GuardUseCommand
{
    public static Command Create()
    {
        var file = new Argument<string?>("FILE") { Description = "A file of rules, such as guard.json.", Arity = ArgumentArity.ZeroOrOne };
        var none = new Option<bool>("--none") { Description = "Remove the rules that are in force." };
        var json = PluginsCommand.Json();
        var command = new Command("use", "Put a file of rules in force, in running sessions as well; guard keeps a copy of it.")
        {
            file,
            none,
            json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is null != result.GetValue(none))
                result.AddError("Name a file of rules, or use --none: km guard use guard.json");
        });
        HelpWithExamples.Add(
            command,
            """
            The file is checked first; if it has a mistake, the rules that are in force stay. guard reports violations where your subscription is
            Enterprise. It stops those of rules with "action": "deny" where the administrator's policy grants it, too. Look at what would have
            been reported and stopped first: km guard try FILE

            Examples:
              km guard use guard.json
              km guard use --none
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            if (parsed.GetValue(file) is { } name)
                Use(context, name, parsed.GetValue(json));
            else
                Remove(context, parsed.GetValue(json));
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Use(CommandContext context, string file, bool isJson)
    {
        var rules = RulesAccess.Load(file, out var content);
        var count = RulesAccess.Count(rules);
        // Without its record nothing comes into force.
        Record(context, $"{count}: {string.Join(", ", rules.Rules.Select(rule => rule.Name))}", rules.Rules.Count, content);
        Change(context, path =>
        {
            PrivateFile.CreateDirectory(Path.GetDirectoryName(path)!);
            PrivateFile.Replace(path, content);
        });
        var isIncluded = context.Entitlements().Known().Tier >= Tier.Enterprise;
        context.Done(
            isJson,
            new DoneReport("guard use", Path.GetFullPath(file), rules.Rules.Count.ToString(CultureInfo.InvariantCulture)),
            $"{count} in force"
                + (isIncluded ? "." : " once the subscription is Enterprise: until then, guard reports no violations.")
                + (rules.Denying > 0 && !IsGranted(context) ? " Rules that deny only report: no policy has requests held for guard." : "")
        );
    }

    private static bool IsGranted(CommandContext context) =>
        context.Rules.Intercepting.Any(grant => grant.Plugin.Name == GuardAccess.Plugin);

    private static void Remove(CommandContext context, bool isJson)
    {
        var isThere = File.Exists(Installed(context));
        if (isThere)
        {
            Record(context, "none", 0, []);
            Change(context, File.Delete);
        }

        context.Done(
            isJson,
            new DoneReport("guard use", "none", isThere ? "removed" : "there were none"),
            isThere ? "No rules are in force any more." : "There were no rules in force."
        );
    }

    private static string Installed(CommandContext context) =>
        Path.Combine(PluginFolder.Of(context.Paths, GuardAccess.Plugin), RuleFile.Name);

    private static void Record(CommandContext context, string detail, int count, byte[] content) =>
        context.Audit.Append(
            new AuditRecord
            {
                Event = "guard.rules",
                Decision = AuditDecision.Allowed,
                Plugin = GuardAccess.Plugin,
                Digest = content.Length > 0 ? Convert.ToHexStringLower(SHA256.HashData(content)) : null,
                Detail = detail,
                Data = new Dictionary<string, string> { ["rules"] = count.ToString(CultureInfo.InvariantCulture) },
            }
        );

    private static void Change(CommandContext context, Action<string> change)
    {
        try
        {
            change(Installed(context));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(
                    ErrorCode.GuardRecord,
                    "The rules cannot be put where guard reads them",
                    e.Message,
                    "Check permissions and the space on the disk."
                )
            );
        }
    }
}
