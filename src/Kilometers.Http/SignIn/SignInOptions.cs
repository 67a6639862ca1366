namespace Kilometers.Http.SignIn;

/// <summary>How to sign in, as the user wants it.</summary>
internal sealed record SignInOptions
{
    /// <summary>The id of km at the authorization server, or the address of its metadata document. Null: km registers itself.</summary>
    public string? ClientId { get; init; }

    /// <summary>The secret of that client.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>The port that the browser comes back to; 0: any.</summary>
    public int CallbackPort { get; init; }

    /// <summary>How long a message waits for the user. Many clients give up after a minute.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>Variables that no program which km starts gets.</summary>
    public IReadOnlyList<string> SecretVariables { get; init; } = [];
}
