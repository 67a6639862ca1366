using System.Text.Json;
using Kilometers.Contracts;
using Kilometers.Contracts.Packages;
using Kilometers.Packaging.Archive;
using Kilometers.Packaging.Trust;

namespace Kilometers.Packaging.Verification;

/// <summary>Reads the statement in an envelope: first what it is, then the manifest with all its rules.</summary>
internal static class PackageStatements
{
    /// <returns>What the statement is about.</returns>
    /// <exception cref="PackageFormatException"><c>PLG_SIG_006</c>: it is another kind of statement; <c>PLG_MAN_001</c>: it is not strict JSON.</exception>
    public static PackageKind CheckTypes(DsseEnvelope envelope)
    {
        if (envelope.PayloadType != PackageStatement.PayloadType)
            throw new PackageFormatException(ErrorCode.StatementType, "What is signed is not an in-toto statement");

        // Read before the strict form: a statement of another kind is not a broken manifest.
        try
        {
            using var document = JsonDocument.Parse(
                envelope.Payload,
                new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 }
            );
            if (document.RootElement.ValueKind == JsonValueKind.Object && Is(document.RootElement, "_type", PackageStatement.StatementType))
            {
                if (Is(document.RootElement, "predicateType", PluginManifest.PredicateType))
                    return PackageKind.Plugin;
                if (Is(document.RootElement, "predicateType", KmRelease.PredicateType))
                    return PackageKind.Km;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A name or a text that is not UTF-8 is found late, as an invalid operation.
            throw new PackageFormatException(ErrorCode.ManifestForm, "The signed statement is not strict JSON");
        }

        throw new PackageFormatException(ErrorCode.StatementType, "The signed statement is neither about a Kilometers plugin nor about km");

        static bool Is(JsonElement statement, string name, string value) =>
            statement.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.ValueEquals(value);
    }

    /// <returns>The manifest, which keeps every rule, and the digest of its payload.</returns>
    /// <exception cref="PackageFormatException">It breaks one.</exception>
    public static (PluginManifest Manifest, string PayloadDigest) Read(DsseEnvelope envelope)
    {
        PackageStatement statement;
        try
        {
            statement = PackageJson.ReadStatement(envelope.Payload);
        }
        catch (JsonException e)
        {
            throw new PackageFormatException(
                ErrorCode.ManifestForm,
                $"The manifest is not strict JSON of the known form{(e.Path is null ? "" : $", at {Printable(e.Path)}")}"
            );
        }

        if (
            statement.Subject is not [{ Name: PackageStatement.SubjectName, Digest.Sha256: { Length: 64 } digest }]
            || !digest.All(char.IsAsciiHexDigitLower)
        )
            throw new PackageFormatException(ErrorCode.StatementType, "The signed statement is not about one payload");
        var faults = ManifestRules.Check(statement.Predicate);
        if (faults.Count == 0)
            faults = CheckKind(statement);
        return faults.Count > 0
            ? throw new PackageFormatException(ErrorCode.ManifestRule, $"The manifest breaks a rule: {faults[0]}")
            : (statement.Predicate, digest);
    }

    private static IReadOnlyList<string> CheckKind(PackageStatement statement) =>
        statement.PredicateType switch
        {
            KmRelease.PredicateType => KmRelease.Check(statement.Predicate),
            PluginManifest.PredicateType => statement.Predicate.Name == KmRelease.Name ? [$"no plugin is called {KmRelease.Name}"] : [],
            _ => ["the predicate type is unknown"],
        };

    private static string Printable(string text) => string.Concat(text.Take(100).Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
