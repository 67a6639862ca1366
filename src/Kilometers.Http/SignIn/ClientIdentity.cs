using System.Net.Http.Headers;
using System.Text;

namespace Kilometers.Http.SignIn;

/// <summary>Who km is at an authorization server, and how it proves that.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Secret">Its secret; null: none.</param>
/// <param name="Method">How the secret is sent.</param>
internal sealed record ClientIdentity(string Id, string? Secret, string Method)
{
    public const string NoMethod = "none";
    private const string Basic = "client_secret_basic";
    private const string Post = "client_secret_post";

    /// <summary>Chooses how the secret is sent.</summary>
    /// <param name="id">The id.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="registered">What the server said when km registered.</param>
    /// <param name="supported">What it supports.</param>
    public static ClientIdentity Create(string id, string? secret, string? registered, IReadOnlyList<string>? supported) =>
        new(
            id,
            secret,
            secret is null ? NoMethod
                : registered is Basic or Post ? registered
                : supported is null || supported.Contains(Basic) ? Basic
                : Post
        );

    /// <summary>Adds the proof to a request.</summary>
    public void AddTo(HttpRequestMessage request, Dictionary<string, string> form)
    {
        if (Method == Basic)
        {
            var pair = $"{Uri.EscapeDataString(Id)}:{Uri.EscapeDataString(Secret ?? "")}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
            return;
        }

        form["client_id"] = Id;
        if (Method == Post)
            form["client_secret"] = Secret ?? "";
    }

    /// <summary>A record prints its values; one is a secret.</summary>
    public override string ToString() => Id;
}
