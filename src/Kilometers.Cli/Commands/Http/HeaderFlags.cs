using System.CommandLine;

namespace Kilometers.Cli.Commands.Http;

/// <summary>The headers of the user's that every request to a server over HTTP gets.</summary>
internal sealed class HeaderFlags
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~";

    private readonly Option<string[]> _headers = new("--header")
    {
        Description = "A header for every request to the server; ${NAME} is replaced by that variable of the environment. May be repeated.",
        HelpName = "'NAME: VALUE'",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _variables = new("--header-env")
    {
        Description =
            "A header whose value is a variable of the environment. For clients that replace ${NAME} themselves. May be repeated.",
        HelpName = "NAME=VARIABLE",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _bearer = new("--bearer-env")
    {
        Description = "The variable of the environment that holds a bearer token for every request.",
        HelpName = "VARIABLE",
    };

    public HeaderFlags()
    {
        _headers.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !IsHeader(token.Value)))
                result.AddError(
                    $"--header: '{token.Value.Split(':')[0]}' is not a header. Example: --header 'Authorization: Bearer ${{TOKEN}}'"
                );
        });
        _variables.Validators.Add(result =>
        {
            foreach (
                var token in result.Tokens.Where(token =>
                    token.Value.Split('=', 2) is not [var name, var to] || !IsName(name) || !IsVariable(to)
                )
            )
                result.AddError(
                    $"--header-env: '{token.Value.Split('=')[0]}' needs a variable. Example: --header-env Authorization=EXAMPLE_KEY"
                );
        });
        _bearer.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && !IsVariable(token.Value))
                result.AddError("--bearer-env: give the name of a variable, not a token. Example: --bearer-env EXAMPLE_TOKEN");
        });
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_headers);
        command.Options.Add(_variables);
        command.Options.Add(_bearer);
    }

    /// <summary>The name of one that was given; null: none was.</summary>
    public string? Given(System.CommandLine.Parsing.CommandResult result) =>
        new Option[] { _headers, _variables, _bearer }
            .FirstOrDefault(option => result.GetResult(option) is not null)
            ?.Name;

    /// <summary>All headers, as <c>NAME: VALUE</c> with <c>${NAME}</c> for variables.</summary>
    public IReadOnlyList<string> Read(ParseResult parsed) =>
        [
            .. parsed.GetValue(_headers) ?? [],
            .. (parsed.GetValue(_variables) ?? []).Select(one => one.Split('=', 2)).Select(one => $"{one[0]}: ${{{one[1]}}}"),
            .. parsed.GetValue(_bearer) is { } variable ? [$"Authorization: Bearer ${{{variable}}}"] : Array.Empty<string>(),
        ];

    private static bool IsHeader(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && IsName(text[..colon]) && !text.Any(char.IsControl);
    }

    private static bool IsName(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || TokenCharacters.Contains(c, StringComparison.Ordinal));

    private static bool IsVariable(string text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
