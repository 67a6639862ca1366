using Kilometers.Plugin.Sdk.Intercepting;

namespace Kilometers.Plugins.Guard.Stopping;

/// <summary>Something that decides about requests of one session. Called on any thread; must be quick.</summary>
internal interface IVerdicts
{
    /// <summary>What becomes of a request.</summary>
    /// <param name="request">The request.</param>
    /// <returns><see cref="Verdict.Allow"/> where it has nothing against it.</returns>
    /// <exception cref="InvalidOperationException">It cannot decide: the policy does.</exception>
    Verdict Decide(HeldRequest request);
}
