using System.CommandLine;
using Kilometers.Cli.Commands.Plugins;
using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Policies;

namespace Kilometers.Cli.Commands;

/// <summary><c>km policy</c>: what the administrator and the user allow and require.</summary>
internal static class PolicyCommand
{
    public static Command Create() =>
        new("policy", "Show and check policies: which plugins may run, and which must.") { CreateShow(), CreateCheck() };

    private static Command CreateShow()
    {
        var json = PluginsCommand.Json();
        var command = new Command(
            "show",
            "Show what holds, what each file says, and what is wrong with them. The exit status is 1 if anything is."
        )
        {
            json,
        };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km policy show
              km policy show --json
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var listing = PolicyListing.From(context.Paths, context.Rules);
            if (parsed.GetValue(json))
                context.Screen.Json(listing, CommandJsonContext.Default.PolicyListing);
            else
            {
                context.Screen.Table(
                    ["FILE", "OF", "STATE"],
                    listing.Files.Select(file => (IReadOnlyList<string>)[file.Path, file.Author, file.State])
                );
                context.Screen.WriteLine("");
                context.Screen.Table(
                    ["MEMBER", "WHAT HOLDS", "ADMINISTRATOR", "USER"],
                    listing.Members.Select(member =>
                        (IReadOnlyList<string>)[member.Name, Cell(member.Effective), Cell(member.Administrator), Cell(member.User)]
                    )
                );
                foreach (var problem in context.Rules.Problems)
                    context.Errors.Report(problem);
            }

            return Task.FromResult(context.Rules.Problems.Count == 0 ? 0 : 1);
        });
        return command;
    }

    private static Command CreateCheck()
    {
        var file = new Argument<string>("FILE") { Description = "A policy, before or after it is put in its place." };
        var json = PluginsCommand.Json();
        var command = new Command("check", "Check a policy without using it; a mistake is shown with its line and column.") { file, json };
        HelpWithExamples.Add(
            command,
            """
            Examples:
              km policy check policy.json && sudo install -D -m 644 policy.json /etc/km/policy.json
              km policy check ~/.km/config/policy.json
            """
        );
        CommandContext.Run(command, (parsed, context, _) =>
        {
            var path = parsed.GetValue(file)!;
            try
            {
                PolicyReader.Read(Content(path), PolicyAuthor.Administrator, path);
            }
            catch (KmException e) when (e.Error.Code == ErrorCode.InvalidPolicy)
            {
                throw new KmException(
                    e.Error with
                    {
                        Summary = "This is not a policy",
                        Hint = "Every member, with examples, is in docs/policy.md",
                    }
                );
            }

            context.Done(parsed.GetValue(json), new DoneReport("policy check", path), $"{path} is a policy that this km understands");
            return Task.FromResult(0);
        });
        return command;
    }

    private static string Cell(IReadOnlyList<string>? values) =>
        values switch
        {
            null => "-",
            [] => "none",
            _ => string.Join(", ", values),
        };

    private static byte[] Content(string path)
    {
        try
        {
            if (!FileKind.IsPlain(path))
                throw new IOException(File.Exists(path) ? "It is not a plain file." : "There is no such file.");
            if (new FileInfo(path).Length > PolicyReader.MaxSize)
                throw new IOException($"It is larger than {PolicyReader.MaxSize} bytes.");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KmException(
                new KmError(ErrorCode.UnsafePolicy, $"{path} cannot be read", e.Message, "Check the path and the permissions.")
            );
        }
    }
}
