package dev.jobqueue.worker;

/**
 * One call to the store: what to send and what to do with the answer. In between no lock is held, and time passes.
 *
 * <p>Apart, so that a test can let the world change between the two, or lose the answer.
 */
abstract class Call<T> {
    /** Sends; the only step that blocks. */
    abstract T send() throws InterruptedException;

    /** The call has returned. */
    abstract void answered(T answer);

    /** The call has failed. */
    abstract void failed(RuntimeException failure);

    /** Both steps in this thread. */
    final void run() {
        T answer;
        try {
            answer = send();
        } catch (RuntimeException e) {
            failed(e);
            return;
        } catch (InterruptedException e) {
            withdrawn();
            return;
        }
        answered(answer);
    }

    /** The call was interrupted; nothing came of it. */
    void withdrawn() {
        throw new IllegalStateException("this call cannot be interrupted");
    }
}
