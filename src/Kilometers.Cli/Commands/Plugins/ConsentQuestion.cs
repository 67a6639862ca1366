using Kilometers.Cli.Output;
using Kilometers.Contracts;
using Kilometers.Packaging.Trust;
using Kilometers.PluginHost.Consent;

namespace Kilometers.Cli.Commands.Plugins;

/// <summary>Shows what a plugin is and may do, and asks the user to agree: always, or only if it may do more than was agreed to.</summary>
internal sealed class ConsentQuestion(CommandContext context)
{
    /// <summary>Whether the user agreed with <c>--yes</c>.</summary>
    public required bool IsAgreed { get; init; }

    /// <summary>Whether to ask even if nothing is gained.</summary>
    public bool AsksAlways { get; init; }

    /// <summary>The command that installs it without a question.</summary>
    public required string Command { get; init; }

    /// <summary>The command to which <c>--replace-publisher</c> can be added; null: an installation by name.</summary>
    public string? ReplaceCommand { get; init; }

    /// <summary>Whether the user said that another publisher may take over the name; <c>--yes</c> is not enough for that.</summary>
    public bool ReplacesPublisher { get; init; }

    /// <summary>Ends what is shown on the same line, such as a progress.</summary>
    public Action BeforeAsking { get; set; } = () => { };

    /// <summary>Asks, where that is needed.</summary>
    /// <returns>Why it must not be installed; null if it may.</returns>
    public KmError? Ask(ConsentRequest request)
    {
        BeforeAsking();
        if (!request.IsNeeded && !AsksAlways)
            return null;
        Show(request);
        var manifest = request.Package.Manifest;
        if (request.Replaced is { } replaced && Replace(request, replaced) is { } refusal)
            return refusal;
        var question = request.Gain is null
            ? $"Install {manifest.Name}?"
            : $"Install {manifest.Name} {manifest.Version}, with these new permissions?";
        if (Question.Ask(context.Errors, question, IsAgreed))
            return null;
        if (request.Gain is { } gain && !Question.CanAsk)
        {
            return new KmError(
                ErrorCode.ConsentNeeded,
                $"{manifest.Name} {manifest.Version} is not installed: it may do more than you agreed to",
                $"It also wants to {string.Join("; ", gain.Describe(Api()))}. The version that was installed before is unchanged.",
                $"If you agree: {Command}"
            );
        }

        return new KmError(ErrorCode.Declined, "Not installed: not confirmed", Hint: $"Run it again and confirm, or use --yes: {Command}");
    }

    private KmError? Replace(ConsentRequest request, PublisherIdentity replaced)
    {
        if (ReplacesPublisher)
            return null;
        var name = request.Package.Manifest.Name;
        var (before, now) = (Describe(replaced), Describe(request.Package.Signer!.Publisher));
        var question = $"Let {now} take over the name '{name}' from {before}?";
        if (Question.CanAsk && Question.Ask(context.Errors, question, isAnswered: false))
            return null;
        return new KmError(
            ErrorCode.PublisherChanged,
            $"{name} is not installed: it comes from another publisher than before",
            $"Before: {before}. Now: {now}. What is installed is unchanged.",
            $"If you want the new publisher's plugin under this name: {ReplaceCommand ?? $"km plugins install {name}"} --replace-publisher"
        );
    }

    /// <summary>A publisher with the root that vouches for it, if that is still trusted.</summary>
    private string Describe(PublisherIdentity publisher)
    {
        context.Policy(out var trust);
        var root = trust.Roots.FirstOrDefault(root => root.Fingerprint == publisher.Root);
        return root is null ? $"{publisher}, which is not trusted any more" : $"{publisher.Organization}, under {root.Describe()}";
    }

    private void Show(ConsentRequest request)
    {
        var errors = context.Errors;
        var (manifest, signer) = (request.Package.Manifest, request.Package.Signer!);
        errors.WriteLine($"{manifest.Name} v{manifest.Version} ({manifest.RequiredTier} tier, {manifest.Category}) by {manifest.Author}");
        errors.WriteLine($"  {manifest.Description}");
        errors.WriteLine($"  signed by {signer.Describe()}");
        if (signer.Root.IsDevelopment)
            errors.Warn(DevelopmentRoot($"Plugin '{manifest.Name}'", signer.Root));
        if (manifest.Customer is { } customer)
            errors.WriteLine($"  built for customer {customer.Id}");
        var permissions = PluginPermissions.Of(manifest);
        errors.WriteLine("  It may:");
        foreach (var may in Capabilities.Describe(permissions, Api()))
            errors.WriteLine($"    - {may}");
        errors.WriteLine($"  {permissions.DescribeTraffic(Api())}");
        if (request.Replaced is { } replaced)
        {
            errors.WriteLine($"  Another publisher has this name: {Describe(replaced)}");
            errors.WriteLine("  The new one does not get what the other one stored.");
        }

        if (request.Gain is not { } gain)
            return;
        errors.WriteLine("  New, compared with what you agreed to:");
        foreach (var may in gain.Describe(Api()))
            errors.WriteLine($"    + {may}");
    }

    /// <summary>The API's address is part of the answer; settings that cannot be read are reported where they matter.</summary>
    private string? Api()
    {
        try
        {
            return context.Account().Endpoint;
        }
        catch (KmException)
        {
            return null;
        }
    }

    /// <summary>Printed when something signed under a development root is installed or trusted, and not again in every session.</summary>
    public static KmError DevelopmentRoot(string what, TrustRoot root) =>
        new(
            ErrorCode.DevelopmentSigner,
            $"{what} is signed under a development root: {root.Describe()}",
            Hint: "Fine while developing; a release is signed under a release root."
        );
}
