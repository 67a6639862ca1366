using System.Globalization;
using Kilometers.Contracts;
using Kilometers.Definitions;
using Kilometers.Plugin.Sdk.Redaction;
using Kilometers.Plugins.Guard.Text;

namespace Kilometers.Plugins.Guard.Secrets;

/// <summary>
/// Secrets and personal data in the texts of messages: what the rules that all plugins mask by recognise for certain, and bank account
/// numbers. What is found leaves this class masked, with a keyed hash.
/// </summary>
/// <param name="hash">Recognises what was found before.</param>
internal sealed class SecretSearch(SecretHash hash)
{
    private const int Context = 30;

    /// <summary>What is in one text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="where">The message that it is in, such as <c>the arguments of tool 'add'</c>.</param>
    /// <param name="toServer">Whether the server gets it.</param>
    public IEnumerable<Finding> Find(string text, string where, bool toServer)
    {
        foreach (var (what, code, severity, start, end) in FoundIn(text))
        {
            yield return new Finding
            {
                Code = code,
                Severity = toServer ? severity : Lower(severity),
                Subject = where,
                Summary = $"{(toServer ? "sends the server" : "gives the model")} {what}",
                Evidence = Evidence(text, start, end),
                Advice =
                    code == ErrorCode.GuardSecret
                        ? "If this should not have happened, replace the secret: it has been read."
                        : "Check whether the server may have this.",
                Hash = hash.Of(text[start..end]),
            };
        }
    }

    /// <summary>What is reported. What only a name beside it calls secret is masked everywhere, and would be reported too often.</summary>
    private static IEnumerable<(string What, string Code, Severity Severity, int Start, int End)> FoundIn(string text)
    {
        foreach (var found in SecretMasker.Find(text))
        {
            (string What, string Code, Severity Severity)? kind = found.Kind switch
            {
                SecretKind.Token => ("an access token or key", ErrorCode.GuardSecret, Severity.High),
                SecretKind.PrivateKey => ("a private key", ErrorCode.GuardSecret, Severity.High),
                SecretKind.UrlPassword => ("an address with a password in it", ErrorCode.GuardSecret, Severity.High),
                SecretKind.PasswordHash => ("the hash of a password", ErrorCode.GuardSecret, Severity.Medium),
                SecretKind.PaymentCard => ("the number of a payment card", ErrorCode.GuardPersonalData, Severity.High),
                _ => null,
            };
            if (kind is (var what, var code, var severity))
                yield return (what, code, severity, found.Start, found.End);
        }

        foreach (var (start, end) in Iban.Find(text))
            yield return ("the number of a bank account", ErrorCode.GuardPersonalData, Severity.Medium, start, end);
    }

    private static Severity Lower(Severity severity) => severity == Severity.High ? Severity.Medium : Severity.Low;

    /// <summary>What is around the secret, and how long it is. Never a part of the secret itself, nor of another one beside it.</summary>
    private static string Evidence(string text, int start, int end)
    {
        var before = SecretMasker.Redact(text[Math.Max(0, start - Context)..start]);
        return string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Of(before)}*** ({end - start} characters)");
    }
}
